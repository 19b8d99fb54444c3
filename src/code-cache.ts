import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';

// The built library is one script, with its compiled code in a file beside it. Otherwise V8 compiles each function on
// its first call: seven hundred before the first network is up, which takes longer than the kernel's work.

type ModuleFunction = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  directory: string,
) => void;

/**
 * Evaluates a script as Node.js does a CommonJS module, using the code from {@link writeCodeCache} if present. Under
 * `--enable-source-maps` Node.js loads the script itself: it reads the maps of modules only.
 */
export function evaluate(file: string): object {
  const source = fs.readFileSync(file);
  const cachedData = readCodeCache(file, source);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- What this function stands in for.
  if (!cachedData || isOff() || !isMainRealm() || process.sourceMapsEnabled) return require(file) as object;
  const module = { exports: {} };
  const run = compile(file, source, cachedData).runInThisContext() as ModuleFunction;
  run(module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports;
}

/**
 * Compiles a whole script and writes its code beside it. V8 accepts the code only in this version of Node.js with the
 * same flags, and otherwise compiles as usual. Changes V8's flags temporarily: for a process that does nothing else.
 */
export function writeCodeCache(file: string): void {
  const source = fs.readFileSync(file);
  // Compiles functions as well, not only the top level. The flags become part of the code, so they are restored before
  // the code is written.
  v8.setFlagsFromString('--no-lazy');
  const script = compile(file, source);
  v8.setFlagsFromString('--lazy');
  // Other processes may be reading the previous file.
  const temporary = `${codeCacheOf(file)}.${String(process.pid)}`;
  fs.writeFileSync(temporary, Buffer.concat([digest(source), script.createCachedData()]));
  fs.renameSync(temporary, codeCacheOf(file));
}

/** As `isWithout` in base/without.ts, which is part of the script that this evaluates. */
function isOff(): boolean {
  return (process.env['NETLOOM_WITHOUT'] ?? '').split(',').includes('code-cache');
}

function compile(file: string, source: Buffer, cachedData?: Buffer): vm.Script {
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source.toString()}\n})`;
  return new vm.Script(wrapped, { filename: file, ...(cachedData && { cachedData }) });
}

// V8 compares only the length of the source.
function readCodeCache(file: string, source: Buffer): Buffer | undefined {
  const cache = codeCacheOf(file);
  if (!fs.existsSync(cache)) return undefined;
  const content = fs.readFileSync(cache);
  const of = digest(source);
  return of.equals(content.subarray(0, of.length)) ? content.subarray(of.length) : undefined;
}

function codeCacheOf(file: string): string {
  return file.replace(/\.js$/, '.code');
}

function digest(source: Buffer): Buffer {
  return createHash('sha256').update(source).digest();
}

// Jest gives each test file a realm with its own Object and Error; the library must be evaluated in that realm.
function isMainRealm(): boolean {
  return vm.runInThisContext('Object') === Object;
}
