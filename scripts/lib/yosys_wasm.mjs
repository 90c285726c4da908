// Runs one Yosys script in the WebAssembly Yosys that npm brings (it has read_slang, Debian's Yosys has not).
// usage: node yosys_wasm.mjs REQUEST.json
//   {"package": folder of @yowasp/yosys, "script": text, "inputs": {name: path}, "output_folder": path}
// The script sees the inputs under their names and writes its outputs into the folder out/, which becomes
// output_folder. Log on standard output; exits with Yosys's own status.
import {readFileSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';

const request = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const {runYosys, Exit} = await import(pathToFileURL(join(request.package, 'gen', 'bundle.js')));

const tree = {out: {}, 'script.ys': request.script};
for (const [name, path] of Object.entries(request.inputs)) {
  const parts = name.split('/');
  let folder = tree;
  for (const part of parts.slice(0, -1)) folder = folder[part] ??= {};
  folder[parts.at(-1)] = readFileSync(path);
}

function writeTree(folder, path) {
  mkdirSync(path, {recursive: true});
  for (const [name, entry] of Object.entries(folder)) {
    if (typeof entry === 'string' || entry instanceof Uint8Array) writeFileSync(join(path, name), entry);
    else writeTree(entry, join(path, name));
  }
}

const write = (bytes) => { if (bytes !== null) process.stdout.write(Buffer.from(bytes)); };
const options = {stdout: write, stderr: write, decodeASCII: false, fetchProgress: () => {}};
let result = tree;
try {
  result = await runYosys(['-Q', '-T', '-s', 'script.ys'], tree, options);
} catch (error) {
  if (!(error instanceof Exit)) throw error;
  result = error.files;
  process.exitCode = error.code || 1;
}
if (result?.out) writeTree(result.out, request.output_folder);
