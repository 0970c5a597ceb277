"""The same in Python: python3 stylize.py town.jpg painting.jpg result.png"""
import sys

import nst

if len(sys.argv) != 4:
    sys.exit("usage: stylize.py CONTENT STYLE RESULT")
try:
    result = nst.stylize(sys.argv[1], sys.argv[2], size=0)  # 0: the content's own size
    result.save(sys.argv[3])
except nst.Error as error:
    sys.exit(f"stylize: {error}")
print(f"{sys.argv[3]}: {result.width} x {result.height} pixels")
