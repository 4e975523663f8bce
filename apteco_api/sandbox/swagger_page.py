"""The page at `/swagger/ui/index.html`: how to log in to this sandbox, and Swagger UI for all screens."""

from __future__ import annotations

import functools
from html import escape
from importlib.metadata import PackageNotFoundError, metadata

from .settings import BASE_PATH, Settings

DOCUMENT = f"{BASE_PATH}/swagger/docs/v2"
"""The address of the OpenAPI document for the page."""
GUIDE = "README.txt"
"""The name of the package's documentation, relative to the page."""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Apteco API sandbox</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="stylesheet" href="page.css">
<link rel="icon" type="image/png" href="favicon-32x32.png">
<script src="scheme.js"></script>
</head>
<body>
<header id="sandbox">
<h1>Apteco API sandbox</h1>
<dl>
<div><dt>Data view</dt><dd><code>{data_view}</code></dd></div>
<div><dt>System</dt><dd><code>{system}</code></dd></div>
<div><dt>User</dt><dd><code>Administrator</code>, or <code>analyst</code>,
who is not an administrator</dd></div>
<div><dt>Password</dt><dd>{password}</dd></div>
</dl>
<p>To try calls on this page, execute <code>POST /{{dataViewName}}/Sessions/SimpleLogin</code>
(section Sessions) with data view, user and password. Then press <b>Authorize</b> and paste the
<code>accessToken</code> of the answer.</p>
<p>{links}</p>
</header>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
"""
# Users expect the Authorize button to add the word Bearer, so a token that is pasted without it is sent with
# it.
START = f"""window.ui = SwaggerUIBundle({{
  url: "{DOCUMENT}",
  dom_id: "#swagger-ui",
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  requestInterceptor: (request) => {{
    const token = request.headers.Authorization;
    if (token && !/^bearer /i.test(token)) request.headers.Authorization = "Bearer " + token;
    return request;
  }},
}});
"""
SCHEME = """const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
"""
"""Swagger UI uses its dark colours if this class is set."""
STYLE = """body { margin: 0; background: #fff; color: #24292f; }
.dark-mode body { background: #1c2022; color: #e4e6e6; }
#sandbox { font: 15px/1.5 sans-serif; max-width: 1460px; margin: 0 auto; padding: 20px; }
#sandbox { box-sizing: border-box; }
#sandbox h1 { font-size: 24px; margin: 0 0 8px; }
#sandbox dl { margin: 0; }
#sandbox dl div { display: flex; gap: 8px; }
#sandbox dt { flex: 0 0 6em; font-weight: bold; }
#sandbox dd { margin: 0; overflow-wrap: anywhere; }
#sandbox p { margin: 8px 0 0; overflow-wrap: anywhere; }
#sandbox a { color: #0a58ca; }
.dark-mode #sandbox a { color: #8ab4f8; }
.swagger-ui .info { margin: 16px 0; }
.swagger-ui .markdown pre, .swagger-ui .renderedMarkdown pre { overflow-x: auto; }
@media (max-width: 700px) {
  .swagger-ui .wrapper, .swagger-ui .scheme-container .schemes { padding: 0 12px; }
  .swagger-ui .opblock-tag { display: block; position: relative; padding-right: 32px; }
  .swagger-ui .opblock-tag > a { display: block; overflow-wrap: anywhere; }
  .swagger-ui .opblock-tag small { display: block; padding: 4px 0 0; }
  .swagger-ui .opblock-tag .expand-operation { position: absolute; right: 0; top: 10px; padding: 0; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-control { min-width: 0; flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-path-description-wrapper { flex-wrap: wrap; min-width: 0; }
  .swagger-ui .opblock .opblock-summary-path { max-width: 100%; }
  .swagger-ui .opblock .opblock-section-header { flex-wrap: wrap; gap: 8px; }
  .swagger-ui .opblock .opblock-section-header > label { margin: 0; }
  .swagger-ui table:not(.model) > thead { display: none; }
  .swagger-ui table:not(.model), .swagger-ui table:not(.model) > tbody,
  .swagger-ui table:not(.model) > tbody > tr, .swagger-ui table:not(.model) > tbody > tr > td {
    display: block; width: auto; max-width: 100%; min-width: 0; padding-left: 0; padding-right: 0;
  }
  .swagger-ui table:not(.model) > tbody > tr > td { padding-top: 6px; }
  .swagger-ui .parameters-col_description input, .swagger-ui .parameters-col_description select,
  .swagger-ui .parameters-col_description textarea { max-width: 100%; min-width: 0; width: 100%; }
  .swagger-ui .parameters-col_description .renderedMarkdown p { margin-bottom: 8px; }
  .swagger-ui .response-col_description > * { max-width: 100%; }
  .swagger-ui .responses-inner, .swagger-ui .table-container { padding: 8px; }
  .swagger-ui .model-box, .swagger-ui .highlight-code, .swagger-ui .json-schema-2020-12 {
    max-width: 100%; overflow-x: auto; box-sizing: border-box;
  }
  .swagger-ui .content-type, .swagger-ui .response-control-media-type__accept-message { max-width: 100%; }
  .swagger-ui .dialog-ux .modal-ux { min-width: 0; width: calc(100% - 16px); }
  .swagger-ui .auth-wrapper { flex-wrap: wrap; }
}
"""


def page(settings: Settings) -> str:
    """Return the page of a sandbox. It does not show a password that was chosen for this sandbox."""
    usual = settings.password == Settings().password
    password = f"<code>{escape(settings.password)}</code>" if usual else "the one that you chose at the start"
    links = [f'<a href="{DOCUMENT}">OpenAPI document</a>']
    if address := documentation():
        links.insert(0, f'<a href="{escape(address)}">Documentation</a>')
    return _PAGE.format(
        data_view=escape(settings.data_view),
        system=escape(settings.system),
        password=password,
        links=" · ".join(links),
    )


@functools.cache
def documentation() -> str:
    """Return the address of the documents: that of the distribution, or the guide next to the page."""
    try:
        told = metadata("apteco-api").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named = dict(each.split(", ", 1) for each in told)
    found = named.get("Documentation", "")
    return found if found.startswith("https://") else GUIDE if guide() else ""


@functools.cache
def guide() -> str:
    """Return the README in the distribution; an empty text if the package is not installed."""
    try:
        text = metadata("apteco-api").json.get("description")
    except PackageNotFoundError:
        return ""
    return text if isinstance(text, str) else ""
