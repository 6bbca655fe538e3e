"""What a submission may try on whoever looks at it, as HTML, Markdown and notebooks.

Each either sets ``window.tripped`` or asks evil.test for something, unless it is about looks.
"""

import base64
import struct
import zlib

from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)

TRIP = "window.tripped=1"
EVIL = "http://evil.test"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{TRIP}"><script>{TRIP}</script></svg>'
SVG64 = base64.b64encode(SVG.encode()).decode()
# One grey pixel.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="

HTML = [
    f"<script>{TRIP}</script>",
    f'<script src="{EVIL}/1.js"></script>',
    f"<SCRIPT/x>{TRIP}</SCRIPT>",
    f"<scr<script>ipt>{TRIP}</scr</script>ipt>",
    f'<img src="x" onerror="{TRIP}">',
    f"<img src=x:x onerror={TRIP}//",
    f'<img src="{EVIL}/2.png">',
    f'<img src="//evil.test/3.png" srcset="{EVIL}/4.png 1x">',
    '<img src="/logout">',
    f'<img src="data:image/svg+xml;base64,{SVG64}">',
    f'<img alt="x" width="1 onerror={TRIP}" src="x">',
    SVG,
    f'<svg><use href="{EVIL}/5.svg#x"/><image href="{EVIL}/6.png"/></svg>',
    f'<svg><a xlink:href="javascript:{TRIP}"><text y="9">x</text></a></svg>',
    f"<svg><style><img src=x onerror={TRIP}></style></svg>",
    f'<math><mtext><table><mglyph><style><img src=x onerror="{TRIP}">',
    f'<math href="javascript:{TRIP}">x</math>',
    f'<form><math><mtext></form><form><mglyph><style></math><img src onerror="{TRIP}">',
    f'<noscript><p title="</noscript><img src=x onerror={TRIP}>">',
    f'<a href="javascript:{TRIP}">x</a>',
    f'<a href=" &#106;ava\tscript:{TRIP}">x</a>',
    f'<a href="files/javascript:{TRIP}">x</a>',
    f'<a href="data:text/html,<script>{TRIP}</script>">x</a>',
    f'<a href="vbscript:{TRIP}">x</a>',
    '<a href="/logout">x</a>',
    f'<iframe src="{EVIL}/7"></iframe>',
    f'<iframe srcdoc="<script>parent.{TRIP}</script>"></iframe>',
    f'<object data="{EVIL}/8"></object><embed src="{EVIL}/9">',
    f'<video src="{EVIL}/10" poster="{EVIL}/11" autoplay></video><audio src="{EVIL}/12"></audio>',
    f'<link rel="stylesheet" href="{EVIL}/13.css">',
    f'<meta http-equiv="refresh" content="0;url={EVIL}/14">',
    f'<base href="{EVIL}/">',
    f'<style>@import "{EVIL}/15.css"; .score {{ display: none }}</style>',
    f'<div style="background: url({EVIL}/16.png)">x</div>',
    f'<div style="background-color: red; background-image: u\\72l({EVIL}/17.png)">x</div>',
    '<div style="position: fixed; top: 0; left: 0; z-index: 9">Score: 20 / 20</div>',
    '<div style="margin-top: -500px; transform: translate(0, -99px)">Score: 20 / 20</div>',
    '<div class="modal-backdrop navbar-fixed-top">x</div>',
    '<div id="submission_id" data-link="x" data-toggle="modal">x</div>',
    f'<form action="{EVIL}/18" id="MathJax"><input class="score tabbable" name="cookie"></form>',
    f'<input autofocus onfocus="{TRIP}"><select><option>x</select><textarea id="why">',
    f'<details open ontoggle="{TRIP}"><summary>x</summary></details>',
    f'<body onload="{TRIP}" background="{EVIL}/19.png">',
    f'<table background="{EVIL}/20.png"><tr><td onmouseover="{TRIP}">x</td></tr></table>',
    f'<p title="&quot; onmouseover={TRIP}">x</p>',
    f'<marquee onstart="{TRIP}">x</marquee>',
    f"<!--><img src=x onerror={TRIP}>-->",
    f"<template><script>{TRIP}</script></template><x-y onclick={TRIP}>x</x-y>",
]
MARKDOWN = [
    f"[x](javascript:{TRIP})",
    f"![x]({EVIL}/21.png)",
    f"![x](data:image/svg+xml;base64,{SVG64})",
    f'![x](x "x\\" onerror={TRIP}")',
    f"```mermaid\ngraph TD; A[<img src=x onerror={TRIP}>]\n```",
    f'<div title="\n\n$\\text{{x" onmouseover={TRIP}}}$\n\n">',
    f"$\\text{{<img src=x onerror={TRIP}>}}$",
    f"$\\text{{&lt;img src=x onerror={TRIP}&gt;}}$",
    f"$\\href{{javascript:{TRIP}}}{{x}}$",
    f"$$\\style{{position:fixed;background:url({EVIL}/22)}}{{x}} \\class{{score}}{{y}}$$",
    "$\\require{HTML} \\cssId{MathJax}{x} \\hspace{-99em} \\raise 99em {Score: 20}$",
    f"\\begin{{equation}}<img src=x onerror={TRIP}>\\end{{equation}}",
    f"$$\\unicode{{x3cscript}}</code><script>{TRIP}</script>$$",
    "![x](attachment:picture.svg)",
    "![x](attachment:gone.png)",
]


def png(width, height, before_data=b""):
    """Base64 of a PNG that says that it is so large, with a chunk or more before its data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + before_data + _chunk(b"IDAT", zlib.compress(bytes(99)))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunks + _chunk(b"IEND", b"")).decode()


def _chunk(name, content):
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def jpeg(width, height, scans=1):
    """Base64 of a JPEG that says that it is so large, and is drawn so many times over."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\x00\x00\x3f\x00" + b"x"
    return base64.b64encode(b"\xff\xd8" + frame + scan * scans + b"\xff\xd9").decode()


HUGE_PNG = png(40_000, 40_000)
MOVING_PNG = png(100, 100, _chunk(b"acTL", struct.pack(">II", 100_000, 0)))


def injected_notebook():
    """All of it in one notebook, in Markdown cells, raw cells and every kind of output."""
    metadata = {"image/png": {"width": f"1 onload={TRIP}", "alt": f'" onload="{TRIP}'}}
    bundles = [
        {"text/html": text, "text/plain": text, "application/javascript": TRIP} for text in HTML
    ]
    # nbconvert's own filter stops at an attachment that is missing, and outputs have none.
    markdown = [text for text in MARKDOWN + HTML if "attachment:" not in text]
    bundles += [{"text/markdown": text} for text in markdown]
    bundles += [
        {"application/javascript": TRIP},
        {"image/svg+xml": SVG},
        {"text/latex": f"$x$ <script>{TRIP}</script>"},
        {"text/vnd.mermaid": f"<img src=x onerror={TRIP}>"},
        {f"x/<script>{TRIP}</script>": "x"},
    ]
    outputs = [new_output("display_data", bundle) for bundle in bundles]
    outputs += [
        new_output("display_data", {"image/png": PNG}, metadata=metadata),
        new_output(
            "display_data",
            {"text/html": f"<script>parent.{TRIP}</script>"},
            metadata={"text/html": {"isolated": True}},
        ),
        new_output("stream", name="stderr", text=f"\x1b[31m<script>{TRIP}</script>"),
        new_output("error", ename="E", evalue="e", traceback=[f"<img src=x onerror={TRIP}>"]),
    ]
    cells = [
        new_code_cell(f"'</pre><script>{TRIP}</script>'", outputs=outputs),
        *(new_markdown_cell(text) for text in MARKDOWN + HTML),
        new_raw_cell(HTML[0], metadata={"raw_mimetype": "text/html"}),
        new_markdown_cell("The sum $\\sum_{i=1}^n x_i$, and\n\n$$\\frac{a}{b} = \\log p$$"),
    ]
    for cell in cells:
        cell.metadata.tags = [f'"><script>{TRIP}</script>']
        cell.metadata.magics_language = f'"><script>{TRIP}</script>'
        if cell.cell_type == "markdown":
            cell.attachments = {"picture.svg": {"image/svg+xml": SVG64}, "gone.png": {}}
            if "gone" in cell.source:
                cell.attachments["gone.png"] = {f'x" onerror="{TRIP}': "x"}
    # A cell that says it is one of nbgrader's.
    forged = {"grade_id": f'x"><script>{TRIP}</script>', "task": True, "points": 9}
    cells[1].metadata.nbgrader = forged | {"grade": False, "solution": False, "locked": False}
    title = f"</title><script>{TRIP}</script>"
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"x": title}}}
    return new_notebook(
        cells=cells,
        metadata={"title": title, "widgets": widgets, "language_info": {"name": title}},
    )
