"""Prints what would act in a page, in a spreadsheet and on a terminal."""

import os
import sys

EVIL = b"</pre><script>alert(1)</script><img src=x onerror=alert(2)>\x1b]0;owned\x07\x1b[2J\xe2\x80\xae=HYPERLINK(1)\r"
os.write(sys.stderr.fileno(), EVIL + b"\nTask 1: failed: " + EVIL + b"\n")
os.write(sys.stdout.fileno(), b"=1+1" + EVIL)
sys.exit(1)
