import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';

// The built library is one script with its compiled code in a file beside it. V8 otherwise compiles each function when it is
// first called: seven hundred of them before the first network stands, which takes longer than the kernel does.

type ModuleFunction = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  directory: string,
) => void;

/**
 * Evaluates a script as Node.js does a CommonJS module, with its code from {@link writeCodeCache} where there is one. Under
 * `--enable-source-maps` Node.js itself does it: it reads the maps of modules only.
 */
export function evaluate(file: string): object {
  const source = fs.readFileSync(file);
  const cachedData = readCodeCache(file, source);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- What this function stands in for.
  if (!cachedData || !isMainRealm() || process.sourceMapsEnabled) return require(file) as object;
  const module = { exports: {} };
  const run = compile(file, source, cachedData).runInThisContext() as ModuleFunction;
  run(module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports;
}

/**
 * Compiles a whole script and writes its code beside it, for this version of Node.js with these flags: V8 takes it for no other,
 * and compiles as usual instead. Changes V8's flags for a while: meant for a process that does nothing else.
 */
export function writeCodeCache(file: string): void {
  const source = fs.readFileSync(file);
  // Functions as well, not only what defines them. The flags become part of the code, so they are set back before.
  v8.setFlagsFromString('--no-lazy');
  const script = compile(file, source);
  v8.setFlagsFromString('--lazy');
  // Others may be reading the one before.
  const temporary = `${codeCacheOf(file)}.${String(process.pid)}`;
  fs.writeFileSync(temporary, Buffer.concat([digest(source), script.createCachedData()]));
  fs.renameSync(temporary, codeCacheOf(file));
}

function compile(file: string, source: Buffer, cachedData?: Buffer): vm.Script {
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source.toString()}\n})`;
  return new vm.Script(wrapped, { filename: file, ...(cachedData && { cachedData }) });
}

// V8 itself compares no more of the source than its length.
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

// Jest gives each file of tests a realm with an Object and an Error of its own, and so must the library be given.
function isMainRealm(): boolean {
  return vm.runInThisContext('Object') === Object;
}
