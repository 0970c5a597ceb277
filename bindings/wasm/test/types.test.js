// tsc takes what is right and finds what is wrong: types.ts.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

test("types", () => {
    const folder = mkdtempSync(join(tmpdir(), "nst-types-"));
    try {
        cpSync(process.env.NST_PACKAGE, join(folder, "node_modules", "libnst"), { recursive: true, filter: (name) => !/\.(wasm|bin)$/.test(name) });
        cpSync(new URL("types.ts", import.meta.url), join(folder, "types.ts"));
        const options = { strict: true, noEmit: true, target: "es2022", lib: ["es2022", "dom", "dom.iterable"], module: "nodenext", types: [] };
        writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["types.ts"] }));
        writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
        const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
        assert.equal(status, 0, stdout);
    } finally {
        rmSync(folder, { recursive: true });
    }
});
