import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/graphiql/",
  build: {
    outDir: "../../app/web/static/graphiql",
    emptyOutDir: true,
    // Nothing becomes a data: address, so that the page's policy needs none for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Monaco alone is 2.8 MB; it is fetched once and kept.
    chunkSizeWarningLimit: 4000,
    // React's "use client" lines mean nothing in a page without server components.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  // The GraphQL worker loads its formatter when first asked, which only an ES module can.
  worker: { format: "es" },
});
