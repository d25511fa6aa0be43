// Starts GraphiQL against the API of this portal. What is typed stays in the browser, without secrets.

const SECRETS = /inv_(key|session|invitation)_[\w-]+/g;
const storage = {
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, value) => localStorage.setItem(name, value.replace(SECRETS, "…")),
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
  get length() {
    return localStorage.length;
  },
};
const EXAMPLE = `# Put your API key in the headers below: {"Authorization": "Bearer inv_key_…"}
{
  me {
    name
    permissions
  }
}
`;

const url = new URL("/graphql", location.origin);
const fetcher = GraphiQL.createFetcher({
  url: url.href,
  subscriptionUrl: url.href.replace("http", "ws"),
});
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    storage,
    defaultQuery: EXAMPLE,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
    showPersistHeadersSettings: false,
    inputValueDeprecation: true,
  }),
);
