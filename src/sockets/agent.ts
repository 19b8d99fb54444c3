import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { connectInside, type ConnectOptions } from './connect';
import type { OpenNamespace } from '../nsfs/handle';

type Created = (error: Error | null, socket?: Duplex) => void;
type Create = (options: object, created: Created) => Duplex | undefined;

/** What Node.js documents of its agents, and not its types. */
interface Connects {
  createConnection: Create;
}

/** An agent for `http.request` whose connections are made inside. */
export function agentInside(netns: OpenNamespace, options?: http.AgentOptions): http.Agent {
  const agent = new http.Agent(options);
  (agent as unknown as Connects).createConnection = (wanted, created) =>
    attempt(created, () => connectInside(netns, wanted as ConnectOptions));
  return agent;
}

/** An agent for `https.request`, which keeps sessions as Node.js's own does. */
export function httpsAgentInside(netns: OpenNamespace, options?: https.AgentOptions): https.Agent {
  const agent = new https.Agent(options);
  const connects = agent as unknown as Connects;
  const secure = connects.createConnection.bind(agent);
  connects.createConnection = (wanted, created) =>
    attempt(created, () =>
      secure({ ...wanted, socket: connectInside(netns, wanted as ConnectOptions) }, created),
    );
  return agent;
}

// What is thrown here would be thrown by `http.request`; its caller waits for an 'error' event.
function attempt(created: Created, connect: () => Duplex | undefined): Duplex | undefined {
  try {
    return connect();
  } catch (error) {
    created(error as Error);
    return undefined;
  }
}
