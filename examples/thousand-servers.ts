// One process, a thousand namespaces, and in each an HTTP server on port 80. A client in one more fetches from all.
import fs from 'node:fs';
import http from 'node:http';
import { type Endpoint, Network, NetworkNamespace } from 'netloom';

const COUNT = Number(process.argv[2] ?? 1000);

async function main(): Promise<void> {
  await using host = await NetworkNamespace.create();
  await using network = await Network.create({
    ...{ name: 'thousand', subnet: '10.7.0.0/16', host, dns: false },
    // The mode for volume: its cost stays flat (attachMany(10_000) as well), and no neighbours have to be learned.
    mode: 'routed',
  });
  const endpoints = await network.attachMany(COUNT);
  const client = await network.attach('client');

  const before = usage();
  const servers = await Promise.all(
    endpoints.map(({ name, netns }) =>
      netns.listen(
        http.createServer((_request, response) => response.end(`I am ${name}`)),
        { port: 80 },
      ),
    ),
  );
  const after = usage();
  const each = (what: keyof typeof after): string => ((after[what] - before[what]) / COUNT).toFixed(1);
  console.log(`${COUNT} servers: ${each('descriptors')} descriptors and ${each('memory')} KiB each`);

  const dispatcher = client.netns.dispatcher();
  const ask = async ({ name, address }: Endpoint): Promise<boolean> =>
    (await (await fetch(`http://${address}/`, { dispatcher })).text()) === `I am ${name}`;
  let right = 0;
  for (let start = 0; start < COUNT; start += 100) {
    const answers = await Promise.all(endpoints.slice(start, start + 100).map(ask));
    right += answers.filter(Boolean).length;
  }
  console.log(`${right} of ${COUNT} gave the right answer`);

  // The servers are closed with their namespaces.
  await network.delete();
  console.log(`${servers.filter(({ listening }) => listening).length} servers are still listening`);
}

/** This process's open descriptors, and its memory in KiB. */
function usage(): { descriptors: number; memory: number } {
  return { descriptors: fs.readdirSync('/proc/self/fd').length, memory: process.memoryUsage().rss / 1024 };
}

void main();
