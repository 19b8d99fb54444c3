#!/usr/bin/env node
import fs from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { packageRoot } from '../base/package-root';
import { nearest } from '../base/suggest';
import { execCommand, withExecOptions } from './exec';
import { gcCommand } from './gc';
import { inspectCommand } from './inspect';
import { listCommand } from './ls';
import { outputFailed } from './output';
import { rootlessCommand } from './rootless';

const NAMESPACE = 'a name, a path such as /proc/1/ns/net, or pid:NUMBER';
/** The exit code for a command that does not exist. */
const UNKNOWN_COMMAND = 2;
const AS_JSON = ['--json', 'print JSON'] as const;

const { version } = JSON.parse(fs.readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('netloom')
  .description('Linux networking: network namespaces, networks and their contents')
  .version(version)
  // Options after a command to run belong to that command.
  .enablePositionalOptions()
  .exitOverride()
  .showHelpAfterError('(see netloom --help)');

program
  .command('ls')
  .description('list the named network namespaces')
  .option(...AS_JSON)
  .action(listCommand);

program
  .command('inspect')
  .description("show a namespace's devices, addresses, routes, rules, neighbours and firewall")
  .argument('[namespace]', `${NAMESPACE}; default: the caller's own`)
  .option(...AS_JSON)
  .action(inspectCommand);

withExecOptions(program.command('exec'))
  .description('run a command in a namespace, as `ip netns exec` does')
  .argument('<namespace>', NAMESPACE)
  .argument('<command...>', 'the command and its arguments; options of exec may precede the command')
  .action(execCommand);

program
  .command('gc')
  .description("remove the remains of killed processes' networks")
  .option('--dry-run', 'only report what would be removed')
  .option('--force <network>', 'remove this network whatever its state, and nothing else')
  .option(...AS_JSON)
  .action(gcCommand);

program
  .command('rootless')
  .description('run a command as root in its own user, network and mount namespaces')
  .argument('<command...>', 'the command and its arguments')
  .addOption(
    new Option(
      '--outside <carrier>',
      'the program that carries packets to the outside; default: the first that is installed',
    ).choices(['pasta', 'slirp4netns', 'none']),
  )
  .passThroughOptions()
  .action(rootlessCommand);

// Commander's own `help` prints the general help for a command that does not exist, and succeeds.
program
  .helpCommand(false)
  .command('help')
  .description('print the commands, or the options of a command')
  .argument('[command]')
  .action((name?: string) => {
    if (name === undefined) return program.help();
    return (program.commands.find((one) => one.name() === name) ?? unknownCommand(name)).help();
  });

program.on('command:*', ([name = '']: readonly string[]) => {
  unknownCommand(name);
});

process.stdout.on('error', outputFailed);
// Nothing is left to report it to. The exit status is the command's.
process.stderr.on('error', () => undefined);

program.parseAsync().catch((error: unknown) => {
  // Commander has printed the help, the version or its error. It would exit before a failure of that is known.
  if (error instanceof CommanderError) {
    process.exitCode ??= error.exitCode;
    return;
  }
  // A known failure is reported by its message, a bug with its stack.
  const known = error instanceof Error && 'code' in error;
  process.stderr.write(
    `netloom: ${known ? error.message : error instanceof Error ? String(error.stack) : String(error)}\n`,
  );
  process.exitCode = 1;
});

function unknownCommand(name: string): never {
  const known = program.commands.map((one) => one.name());
  const near = nearest(name, known);
  const meant = near === undefined ? '' : ` (did you mean ${near}?)`;
  return program.error(`error: unknown command '${name}'${meant}; the commands are ${known.join(', ')}`, {
    exitCode: UNKNOWN_COMMAND,
  });
}
