// The query editor at /graphql: GraphiQL with its docs and history, speaking to this server only.
import "graphiql/setup-workers/vite";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./main.css";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

async function fetcher(params, options) {
  const headers = new Headers(options?.headers);
  headers.set("accept", "application/graphql-response+json, application/json");
  headers.set("content-type", "application/json");
  // The session cookie only counts beside a header that no foreign form can send.
  headers.set("x-requested-with", "graphiql");
  const response = await fetch("/graphql", {
    method: "POST",
    credentials: "same-origin",
    headers,
    body: JSON.stringify(params),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The server answered ${response.status} without JSON: ${text.slice(0, 200)}`);
  }
}

/** What the server wrote into the page for us, such as the first document to show. */
function pageSettings() {
  const block = document.getElementById("endcap-graphiql");
  return block ? JSON.parse(block.textContent) : {};
}

createRoot(document.getElementById("root")).render(
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={pageSettings().defaultQuery}
    inputValueDeprecation
    schemaDescription
  />,
);
