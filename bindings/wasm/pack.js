// Writes lite.bin: node pack.js lib/model/lite.safetensors lite.bin
import { readFileSync, writeFileSync } from "node:fs";
import { constants, gzipSync } from "node:zlib";
import { parted } from "./lite.js";

// The lower bytes are nearly noise: this strategy looks for no short matches in them.
const options = { level: 9, strategy: constants.Z_FILTERED };
writeFileSync(process.argv[3], gzipSync(parted(readFileSync(process.argv[2])), options));
