// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What runs in the browser that shows a flame graph. It draws again what is there
 * already, so that the picture can be seen without it.
 */
#pragma once

namespace vmalock {

/**
 * What is shown is in the address behind '#': zoom=NUMBER of a frame, search=TEXT.
 * So it can be gone back from, kept as a bookmark, and sent to others.
 */
inline constexpr const char *flamegraph_script = R"js(
'use strict';
const svg = document.documentElement;
const width = Number(svg.dataset.width), margin = Number(svg.dataset.margin);
const frames = Array.from(svg.querySelectorAll('.frame'), (group) => ({
	group, rect: group.querySelector('rect'), text: group.querySelector('text'),
	name: group.dataset.name, from: Number(group.dataset.from), weight: Number(group.dataset.weight),
}));
const wanted = () => new URLSearchParams(location.hash.slice(1));

function want(key, value) {
	const all = wanted();
	if (value) all.set(key, value); else all.delete(key);
	location.hash = all.toString();
}

function fits(name, pixels) {
	const letters = Math.floor((pixels - 6) / 7);
	if (letters < 3) return '';
	return name.length <= letters ? name : name.slice(0, letters - 2) + '..';
}

function zoom(number) {
	const all = frames[number] || frames[0];
	for (const frame of frames) {
		const left = Math.max((frame.from - all.from) / all.weight, 0) * width;
		const right = Math.min((frame.from + frame.weight - all.from) / all.weight, 1) * width;
		frame.group.style.display = right - left > 0.1 ? '' : 'none';
		if (right <= left) continue;
		frame.rect.setAttribute('x', margin + left);
		frame.rect.setAttribute('width', right - left);
		frame.text.setAttribute('x', margin + left + 3);
		frame.text.textContent = fits(frame.name, right - left);
	}
	document.getElementById('reset').style.display = all === frames[0] ? 'none' : '';
}

// Frames come with those that they called behind them: what is in one that was
// found already counts once.
function search(text) {
	let found = 0, end = 0;
	for (const frame of frames) {
		const hit = text !== '' && frame.name.toLowerCase().includes(text.toLowerCase());
		frame.group.classList.toggle('hit', hit);
		if (!hit || frame.from < end) continue;
		found += frame.weight;
		end = frame.from + frame.weight;
	}
	const share = (100 * found / frames[0].weight).toFixed(1) + ' %';
	document.getElementById('found').textContent = text === '' ? '' : share + ' has ' + text;
	svg.dataset.found = text === '' ? '' : share;
}

function show() {
	zoom(Number(wanted().get('zoom')));
	search(wanted().get('search') || '');
	svg.dataset.shown = location.hash;
}

function ask() {
	const text = prompt('Functions whose name has', wanted().get('search') || '');
	if (text !== null) want('search', text);
}

svg.addEventListener('click', (event) => {
	const group = event.target.closest('.frame');
	if (group) want('zoom', frames.findIndex((frame) => frame.group === group));
	else if (event.target.id === 'reset') want('zoom', 0);
	else if (event.target.id === 'search') ask();
});
window.addEventListener('keydown', (event) => {
	if (event.key !== '/' && !(event.key === 'f' && event.ctrlKey)) return;
	event.preventDefault();
	ask();
});
window.addEventListener('hashchange', show);
show();
)js";

} // namespace vmalock
