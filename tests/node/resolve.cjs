// Reads cases {files: {path: text}, importer, target, tsconfig} as JSON, and writes for each the
// path that TypeScript resolves the target to, or null; all paths are relative to the root.
const fs = require("node:fs");
const path = require("node:path").posix;
const ts = require("typescript");

const bundler = {
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  module: ts.ModuleKind.ESNext,
  allowJs: true,
};

function resolve({ files, importer, target, tsconfig }) {
  const absolute = (name) => path.join("/root", name);
  const texts = new Map(Object.entries(files).map(([name, text]) => [absolute(name), text]));
  const directories = new Set();
  for (const name of texts.keys()) {
    for (let above = path.dirname(name); above !== "/"; above = path.dirname(above)) {
      directories.add(above);
    }
  }
  const host = {
    fileExists: (name) => texts.has(name),
    readFile: (name) => texts.get(name),
    directoryExists: (name) => directories.has(path.join(name, ".")),
    getCurrentDirectory: () => "/root",
    readDirectory: () => [],
    useCaseSensitiveFileNames: true,
  };
  const read = ts.readConfigFile(absolute(tsconfig), host.readFile);
  const parsed = ts.parseJsonConfigFileContent(
    read.config ?? {},
    host,
    path.dirname(absolute(tsconfig)),
  );
  const options = { ...parsed.options, ...bundler };
  const found = ts.resolveModuleName(target, absolute(importer), options, host).resolvedModule;
  return found ? path.relative("/root", found.resolvedFileName) : null;
}

const cases = JSON.parse(fs.readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(resolve)));
