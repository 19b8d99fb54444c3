'use strict';
// `ip`, `nft` and the older iptables, asked by a shell that stays: starting a tool from it costs a tenth of what it does from
// Node.js, and one `ip` answers several questions.
const { spawn } = require('node:child_process');

const END = '\u0004';
let shell;

class Shell {
  #child = spawn('sh', [], { stdio: ['pipe', 'pipe', 'pipe'] });
  #waiting = [];
  #text = '';
  #complaints = '';

  constructor() {
    this.#child.stdout.setEncoding('utf8').on('data', (text) => this.#hear(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#complaints += text));
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('The shell of the tools ended'));
      shell = undefined;
    });
    // Nobody has to end it: it reads the end of its input when this process is gone.
    for (const part of [this.#child, this.#child.stdin, this.#child.stdout, this.#child.stderr]) part.unref();
  }

  #hear(text) {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf(END);
      if (end < 0) return;
      const [status, ...answer] = this.#text.slice(0, end).split('\n').reverse();
      this.#text = this.#text.slice(end + 1);
      this.#answer(Number(status), answer.reverse().join('\n'));
    }
  }

  #answer(status, answer) {
    const { command, resolve, reject } = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#child.stdout.unref();
    if (status === 0) resolve(answer);
    else reject(new Error(`${command} answered ${status}: ${this.#complaints.slice(-500)}`));
  }

  run(command) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command, resolve, reject });
      this.#child.stdout.ref();
      this.#child.stdin.write(`{ ${command}\n}; printf '\\n%d\\004' $?\n`);
    });
  }
}

/** What a command of the shell writes. Rejects if it fails. */
function output(command) {
  shell ??= new Shell();
  return shell.run(command);
}

/** The answers of `ip` to several questions, asked at once. */
async function askIp(options, questions) {
  const text = await output(`ip -j ${options} -batch - <<'QUESTIONS'\n${questions.join('\n')}\nQUESTIONS`);
  const answers = text.split('\n').filter((line) => line.trim() !== '');
  if (answers.length !== questions.length)
    throw new Error(
      `ip gave ${answers.length} answers to ${questions.length} questions: ${text.slice(0, 200)}`,
    );
  return answers.map((answer) => JSON.parse(answer));
}

module.exports = { askIp, output };
