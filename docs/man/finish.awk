# SPDX-License-Identifier: GPL-2.0-only
#
# finish.awk - what lowdown(1) leaves to do to a manual page.
#
# - Options are list items that begin with a line of their own, because forges do
#   not show definition lists. In a manual page they are tagged paragraphs.
# - Hyphens become minus signs, so that what is copied from a terminal works.
# - The first line asks for tbl(1); tables are drawn without lines.
# - A heading needs no paragraph after it.

BEGIN { print "'\\\" t" }

/^\.SH/ { heading = NR + 1 }
/^\.SS$/ { heading = NR + 2 }
/^\.LP$/ && NR == heading { next }

/^tab\(\|\)/ { sub(/ expand allbox/, "") }

# An item is held back until it is known how its first line ends.
held != "" && /^\.br$/ { print ".TP" held; held = ""; next }
held != "" && /^\./ { print item held; held = "" }
/^\.IP "\\\(bu"/ { item = $0; held = "\n"; next }
/^[^.]/ { gsub(/-/, "\\-") }
held != "" { held = held (held == "\n" ? "" : " ") $0; next }
{ print }
END { if (held != "") print item held }
