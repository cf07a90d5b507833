/// What a person sees who opens the server's address in a browser.
enum WelcomePage {
    static let html = """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Manicule</title></head>
        <body>
        <h1>☞ Manicule</h1>
        <p>This is a Manicule server: a multi-user text annotation backend that works offline.</p>
        <ul>
        <li>Annotators work with <code>manicule-client</code>: <code>manicule-client clone</code> takes this address.</li>
        <li>Programs use the HTTP API below <code>/v1</code>. It is described by
        <a href="/v1/openapi.json">OpenAPI 3.1</a>; a token comes from <code>manicule token create</code>, and is sent as
        <code>Authorization: Bearer TOKEN</code>.</li>
        <li>Administrators run <code>manicule</code> on the server; <code>manicule help</code> says what it can do.</li>
        <li>State of this server: <a href="/healthz">alive</a>, <a href="/readyz">ready</a>.</li>
        </ul>
        </body>
        </html>

        """
}
