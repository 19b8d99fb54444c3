import { once } from 'node:events';
import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { needTools, run, scratchHost, tool } from '../../support';

needTools('openssl', 'curl');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-'));
const [keyFile, certFile] = [path.join(directory, 'key.pem'), path.join(directory, 'cert.pem')];
let secrets: { key: Buffer; cert: Buffer };

beforeAll(async () => {
  await tool('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-keyout', keyFile, '-out', certFile, '-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ]);
  secrets = { key: fs.readFileSync(keyFile), cert: fs.readFileSync(certFile) };
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

const handler = (_request: unknown, response: { end(text: string): unknown }): void =>
  void response.end('hello');

test('https: curl, the agent with its sessions, tls.connect and fetch', async () => {
  const ns = await scratchHost();
  await ns.listen(https.createServer(secrets, handler), { port: 443 });
  const url = 'https://127.0.0.1/';
  expect((await run(ns, 'curl', ['-sS', '--cacert', certFile, url])).stdout).toBe('hello');

  const agent = ns.httpsAgent({ ca: secrets.cert });
  const ask = async (): Promise<boolean> => {
    const request = https.get(url, { agent });
    const closed = once(request, 'close');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const reused = (request.socket as tls.TLSSocket).isSessionReused();
    expect(String((await once(response, 'data'))[0])).toBe('hello');
    await closed;
    return reused;
  };
  expect([await ask(), await ask()]).toEqual([false, true]);

  const plain = ns.connect({ host: '127.0.0.1', port: 443 });
  const secure = tls.connect({ socket: plain, host: '127.0.0.1', ca: secrets.cert });
  await once(secure, 'secureConnect');
  expect(secure.authorized).toBe(true);
  const dispatcher = ns.dispatcher({ connect: { ca: secrets.cert } });
  expect(await (await fetch(url, { dispatcher })).text()).toBe('hello');
  const strict = await fetch(url, { dispatcher: ns.dispatcher() }).catch(
    (error: unknown) => (error as Error).cause,
  );
  expect(strict).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const refused = await fetch('https://127.0.0.1:444/', { dispatcher }).catch(
    (error: unknown) => (error as Error).cause,
  );
  expect(refused).toMatchObject({ code: 'ECONNREFUSED', netns: ns });
  await dispatcher.close();
  const end = once(secure, 'close').catch(() => undefined);
  secure.destroy();
  await end;
});

test('http2: curl, and a session through a socket from inside', async () => {
  const ns = await scratchHost();
  await ns.listen(http2.createServer(handler), { port: 80 });
  await ns.listen(http2.createSecureServer(secrets, handler), { port: 443 });
  const curl = ['-sS', '--cacert', certFile, '-w', ' %{http_version}'];
  expect((await run(ns, 'curl', [...curl, 'https://127.0.0.1/'])).stdout).toBe('hello 2');
  const session = http2.connect('http://127.0.0.1', {
    createConnection: () => ns.connect({ host: '127.0.0.1', port: 80 }),
  });
  const stream = session.request({ ':path': '/' });
  expect(String((await once(stream, 'data'))[0])).toBe('hello');
  const end = once(session, 'close');
  session.on('error', () => undefined);
  await ns.delete();
  await end.catch(() => undefined);
  expect(session.destroyed).toBe(true);
});
