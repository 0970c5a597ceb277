// Writes lite.bin: node pack.js lib/model/lite.safetensors lite.bin
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { parted } from "./lite.js";

writeFileSync(process.argv[3], gzipSync(parted(readFileSync(process.argv[2])), { level: 9 }));
