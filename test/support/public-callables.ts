import * as library from '../../src';
import * as testing from '../../src/testing';

/** Classes that callers only catch. */
const ERRORS = ['ClosedError', 'NetlinkError', 'PoolBusyError', 'ValidationError'];
/** Made by the library alone. */
const WITHOUT_CONSTRUCTOR = ['Firewall', 'Network', 'NetworkNamespace', 'Rtnl'];

type Callable = (...args: unknown[]) => unknown;

/**
 * Everything that a caller can call, by its public name: 'gc', 'Network.open', 'network.attach', 'rtnl.link.add'. Found
 * by looking, so that nothing new is forgotten. `objects` are those whose methods are meant, by the name that they get.
 */
export function publicCallables(objects: Readonly<Record<string, object>>): string[] {
  const names = new Set<string>();
  for (const [prefix, exported] of [
    ['', library],
    ['testing.', testing],
  ] as const) {
    for (const [name, value] of Object.entries(exported)) {
      if (ERRORS.includes(name)) continue;
      if (!isClass(value)) addFunctions(names, prefix + name, value);
      else {
        if (!WITHOUT_CONSTRUCTOR.includes(name)) names.add(`new ${name}`);
        for (const key of Object.getOwnPropertyNames(value)) addFunction(names, `${name}.${key}`, value, key);
      }
    }
  }
  for (const [name, object] of Object.entries(objects)) addMethods(names, name, object);
  return [...names].sort();
}

function addFunctions(names: Set<string>, name: string, value: unknown): void {
  if (typeof value === 'function') names.add(name);
  else for (const key of Object.keys(value as object)) addFunction(names, `${name}.${key}`, value, key);
}

function addMethods(names: Set<string>, name: string, object: object): void {
  for (let from = object; from !== Object.prototype; from = Object.getPrototypeOf(from) as object) {
    for (const key of Object.getOwnPropertyNames(from)) {
      if (key === 'constructor') continue;
      addFunction(names, `${name}.${key}`, object, key);
      const own = Object.getOwnPropertyDescriptor(from, key)?.value as unknown;
      // Families of requests: plain objects whose members are functions.
      if (typeof own === 'object' && own !== null && Object.getPrototypeOf(own) === Object.prototype)
        for (const verb of Object.keys(own)) addFunction(names, `${name}.${key}.${verb}`, own, verb);
    }
  }
}

function addFunction(names: Set<string>, name: string, object: unknown, key: string): void {
  if (typeof (object as Readonly<Record<string, unknown>>)[key] === 'function') names.add(name);
}

function isClass(value: unknown): value is Callable {
  return typeof value === 'function' && Function.prototype.toString.call(value).startsWith('class');
}
