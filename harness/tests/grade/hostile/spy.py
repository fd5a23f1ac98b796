"""Looks for the work of other students, and prints what would act in a page, in a spreadsheet and on a terminal."""

import os
import sys

SECRET = "the answer of another student"
EVIL = b"</pre><script>alert(1)</script><img src=x onerror=alert(2)>\x1b]0;owned\x07\x1b[2J\xe2\x80\xae=HYPERLINK(1)\r"
os.write(1, b"=1+1" + EVIL)
found = []
for top in ("/client/..", "/home", "/root", "/tmp", "/work", "/mnt", "/var/lib", "/proc/1/cwd", "/proc/1/root/client"):
    for folder, below, files in os.walk(top):
        below[:] = [name for name in below if name not in ("dev", "proc", "sys", "usr", "lab", "client")]
        for name in files:
            try:
                with open(os.path.join(folder, name), errors="replace") as file:
                    text = file.read(1 << 16)
            except OSError:
                continue
            if SECRET in text and not os.path.samefile(os.path.join(folder, name), os.path.join("/client", name)):
                found.append(os.path.join(folder, name))
os.write(2, f"found {len(found)} of them: {found}".encode() + EVIL + b"\n")
sys.exit(1)
