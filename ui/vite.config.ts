// How the ui is built: static files with relative addresses, so that the hub can serve them at / and
// the window from its own protocol. Nothing is inlined, because the content policy forbids it.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  plugins: [svelte()],
  clearScreen: false,
  server: { port: 5173, strictPort: true, host: "127.0.0.1" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // In one file the styles of all screens weigh less than in fifty, and no screen waits for its own.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    target: ["es2022", "safari15.4", "chrome105"],
  },
  // Without it, Vitest takes Svelte's server side, where nothing is live.
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
