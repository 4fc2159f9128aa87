/** Starts Swagger UI with the configuration that the page carries as JSON. */
{
  const { initOAuth, ...config } = JSON.parse(document.getElementById("docs-config").textContent);
  // A redirect URI is sent to another server: it has to be absolute.
  if (config.oauth2RedirectUrl) {
    config.oauth2RedirectUrl = new URL(config.oauth2RedirectUrl, document.baseURI).href;
  }
  const { apis } = globalThis.SwaggerUIBundle.presets;
  const page = globalThis.SwaggerUIBundle({ ...config, dom_id: "#docs", presets: [apis], layout: "BaseLayout" });
  if (initOAuth) page.initOAuth(initOAuth);
}
