'use strict';
// What several operations begin with.
const SPEC = { name: 'lab', subnet: '10.7.0.0/24', nat: true };
const PERSISTENT = { ...SPEC, lifetime: 'persistent' };
const PORT = { hostAddress: '192.0.2.1', hostPort: 80, port: 8000 };

const isAbsent = (error) => error.code === 'ENOENT';
// An empty file: its maker was killed before it mounted the namespace there.
const isHalfMade = (error) => error.code === 'EINVAL';

/** Removes a network that a dead process had made and that rightly stands. */
function recoverNetwork(name = SPEC.name) {
  return async ({ library }) => {
    const network = await library.Network.open(name).catch((error) => {
      if (!isAbsent(error)) throw error;
    });
    await network?.delete();
  };
}

/** Namespaces by names stand until somebody deletes them; half-made names are replaced. */
function recoverNames(...names) {
  return async ({ library }) => {
    for (const name of names) {
      const found = await library.NetworkNamespace.open(name).catch((error) => {
        if (!isAbsent(error) && !isHalfMade(error)) throw error;
        return library.NetworkNamespace.create(name);
      });
      await found.delete();
    }
  };
}

/** The parts of an operation on a network that stands throughout. */
function onNetwork(spec) {
  return {
    async prepare(bed) {
      bed.network = await bed.library.Network.create(spec);
    },
    finish: ({ network }) => network.delete(),
    recover: recoverNetwork(spec.name),
  };
}

/** Starts a process inside, for calls with `kill`; ends what the last one of these left. */
function occupy(bed, { netns }) {
  bed.occupant?.kill('SIGKILL');
  bed.occupant = netns.spawn('sleep', ['1000'], { stdio: 'ignore' });
}

module.exports = { PERSISTENT, PORT, SPEC, occupy, onNetwork, recoverNames, recoverNetwork };
