/** Starts ReDoc with the configuration that the page carries as JSON. */
const { script, url, ...options } = JSON.parse(document.getElementById("docs-config").textContent);
const { init } = await import(new URL(script, document.baseURI).href);
init(new URL(url, document.baseURI).href, options, document.getElementById("docs"));
