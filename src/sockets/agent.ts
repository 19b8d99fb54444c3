import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { checkAgentOptions } from './check-options';
import { connectUnchecked, type ConnectOptions } from './connect';
import type { OpenNamespace } from '../nsfs/handle';

type Created = (error: Error | null, socket?: Duplex) => void;
type Create = (options: object, created: Created) => Duplex | undefined;

/** Documented by Node.js, but missing in its types. */
interface Connects {
  createConnection: Create;
}

/** An agent for `http.request` that connects from inside. */
export function agentInside(netns: OpenNamespace, options?: http.AgentOptions): http.Agent {
  checkAgentOptions(options, 'netns.agent');
  const agent = new http.Agent(options);
  (agent as unknown as Connects).createConnection = (wanted, created) =>
    attempt(created, () => connectUnchecked(netns, wanted as ConnectOptions));
  return agent;
}

/** An agent for `https.request` that caches TLS sessions as Node.js's own does. */
export function httpsAgentInside(netns: OpenNamespace, options?: https.AgentOptions): https.Agent {
  checkAgentOptions(options, 'netns.httpsAgent');
  const agent = new https.Agent(options);
  const connects = agent as unknown as Connects;
  const secure = connects.createConnection.bind(agent);
  connects.createConnection = (wanted, created) =>
    attempt(created, () =>
      secure({ ...wanted, socket: connectUnchecked(netns, wanted as ConnectOptions) }, created),
    );
  return agent;
}

// An error thrown here would be thrown by `http.request`, whose caller expects an 'error' event.
function attempt(created: Created, connect: () => Duplex | undefined): Duplex | undefined {
  try {
    return connect();
  } catch (error) {
    created(error as Error);
    return undefined;
  }
}
