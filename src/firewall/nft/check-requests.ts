import { nearest } from '../../base/suggest';
import { ValidationError } from '../../errors/errors';

const MADE = ['add', 'append', 'delete'];
const VERBS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['nftTable', MADE],
  ['nftChain', MADE],
  ['nftRule', [...MADE, 'replace']],
  ['nftSet', MADE],
  ['nftSetElem', MADE],
  ['nftObj', MADE],
]);

/** Rejects a value that is no list of requests; the codec checks the bodies. */
export function checkRequests(requests: unknown): void {
  eachRequest(requests, 'requests', (request, path) => {
    checkRequest(request, path);
    const { family, body } = request as { family: string; body: { rule?: unknown } };
    if (family === 'nftRule' && 'rule' in body && !isRule(body.rule))
      throw refusal(`${path}.body.rule`, body.rule, 'must be a rule made by firewall.rule`…`');
  });
}

/** The same for a step of a plan, which is plain data: a rule must be given as requests, not as text. */
export function checkPlainRequests(requests: unknown, path: string): void {
  eachRequest(requests, path, (request, at) => {
    checkRequest(request, at);
    const { rule } = (request as { body: { rule?: unknown } }).body;
    if (rule !== undefined)
      throw refusal(
        `${at}.body.rule`,
        rule,
        'must be plain data in a plan: use the result of rule.requests(…)',
      );
  });
}

function eachRequest(requests: unknown, path: string, check: (request: unknown, path: string) => void): void {
  if (!Array.isArray(requests)) throw refusal(path, requests, 'must be an array of requests');
  // Unlike forEach, this passes the holes of an array as well.
  for (const [index, request] of requests.entries()) check(request, `${path}[${String(index)}]`);
}

function checkRequest(request: unknown, path: string): void {
  if (!isObject(request)) throw refusal(path, request, 'must be an object with family, verb and body');
  const { family, verb, body, ...more } = request;
  const [unknown] = Object.keys(more);
  if (unknown !== undefined)
    throw refusal(
      `${path}.${unknown}`,
      more[unknown],
      'is not a field of a request; the fields are family, verb, body',
    );
  const verbs = VERBS.get(family);
  if (verbs === undefined)
    throw refusal(`${path}.family`, family, oneOf([...VERBS.keys()].map(String), family));
  if (!verbs.includes(verb as string)) throw refusal(`${path}.verb`, verb, oneOf(verbs, verb));
  if (!isObject(body)) throw refusal(`${path}.body`, body, 'must be an object');
  if (verb === 'delete') checkDeletion(family as string, body, `${path}.body`);
}

// The kernel reads a deletion without a name, handle or elements as one of everything: it has to be meant.
function checkDeletion(family: string, body: Readonly<Record<string, unknown>>, path: string): void {
  const narrowing = NARROWED_BY.get(family);
  if (narrowing === undefined) {
    if (body['name'] === undefined && body['handle'] === undefined)
      throw refusal(`${path}.name`, undefined, 'must be the name of the object to delete');
    return;
  }
  if (narrowing in body && body[narrowing] === undefined)
    throw refusal(`${path}.${narrowing}`, undefined, 'must be given or left out: left out, it deletes all');
  const other = Object.keys(body).find((key) => family === 'nftRule' && !RULE_PLACE.has(key));
  if (other !== undefined)
    throw refusal(`${path}.${other}`, body[other], 'must be left out: a rule is deleted by its handle');
}

/** The fields without which a deletion takes all rules of a chain, or all elements of a set. */
const NARROWED_BY: ReadonlyMap<string, string> = new Map([
  ['nftRule', 'handle'],
  ['nftSetElem', 'elements'],
]);
const RULE_PLACE: ReadonlySet<string> = new Set(['family', 'table', 'chain', 'handle']);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isRule(value: unknown): boolean {
  return isObject(value) && typeof value['requests'] === 'function';
}

function oneOf(known: readonly string[], found: unknown): string {
  const near = typeof found === 'string' ? nearest(found, known) : undefined;
  return `must be one of ${known.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

function refusal(path: string, value: unknown, problem: string): ValidationError {
  return new ValidationError({ path, value, problem, operation: 'firewall.transaction' });
}
