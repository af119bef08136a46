import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const outDir = "../src/tinhso/portals/static/build";

/** Lay a .br and a .gz beside each text file; WhiteNoise sends the one that the browser takes. */
const compressed: Plugin = {
  name: "compressed",
  closeBundle() {
    for (const name of readdirSync(outDir, { recursive: true, encoding: "utf8" })) {
      const file = join(outDir, name);
      if (!statSync(file).isFile() || !/\.(js|css|svg)$/.test(file)) continue;
      const bytes = readFileSync(file);
      if (bytes.length < 1000) continue;
      writeFileSync(file + ".gz", gzipSync(bytes, { level: 9 }));
      writeFileSync(file + ".br", brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }));
    }
  },
};

export default defineConfig({
  base: "/static/build/",
  publicDir: false,
  plugins: [compressed],
  css: {
    preprocessorOptions: {
      scss: { quietDeps: true, silenceDeprecations: ["import", "global-builtin"] },
    },
  },
  build: {
    outDir,
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsDir: "",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        main: "src/main.ts",
        office: "src/office.ts",
        map: "src/islands/map.ts",
        chart: "src/islands/chart.ts",
        diagram: "src/islands/diagram.ts",
        modeler: "src/islands/modeler.ts",
        playback: "src/islands/playback.ts",
        sw: "src/sw.ts",
      },
    },
  },
});
