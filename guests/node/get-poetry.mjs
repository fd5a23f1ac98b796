// get-poetry gets poems from slow servers, as docs/client-contract.md says.
import { writeSync } from "node:fs";
import { connect, isIPv6 } from "node:net";

const USAGE = "usage: get-poetry [--timeout SECONDS] [host:]port ...\n";
const ADDRESS = /^(?:(\[[0-9A-Fa-f:.]+\]|[^-:[\]][^:[\]]*):)?0*([1-9][0-9]{0,4})$/;
const WORDS = { ECONNREFUSED: "connection refused", ECONNRESET: "connection reset", ETIMEDOUT: "timed out" };

// Signals keep their usual action: the system ends the program and closes its connections.
const { addresses, timeout } = parse(process.argv.slice(2));
process.stdout.on("error", () => process.exit(1)); // nobody reads the poems
process.stderr.on("error", () => process.exit(1));
const whole = await Promise.all(addresses.map((address, index) => printPoem(index + 1, address)));
process.exitCode = whole.every(Boolean) ? 0 : 1; // process.exit() would lose what is not yet written

function parse(words) {
  let timeout = 0; // for ever
  if (words[0] === "--timeout" && words.length > 1) {
    timeout = /^[0-9]+(\.[0-9]+)?$/.test(words[1]) ? Number(words[1]) * 1000 : 0;
    if (!(timeout > 0 && timeout <= 3_600_000)) refuse(`bad timeout ${words[1]}`);
    words = words.slice(2);
  }
  const addresses = words.map((word) => {
    const [, host = "127.0.0.1", port] = ADDRESS.exec(word) ?? [];
    if (!(port <= 65535) || (host[0] === "[" && !isIPv6(host.slice(1, -1)))) refuse(`bad address ${word}`);
    return { host, port };
  });
  if (addresses.length === 0) refuse("no address given");
  return { addresses, timeout };
}

function refuse(problem) {
  writeSync(2, `get-poetry: ${problem}\n${USAGE}`);
  process.exit(2);
}

/** Prints one poem, or reports the failure; resolves to whether it came whole. */
async function printPoem(task, { host, port }) {
  try {
    const poem = [];
    for await (const chunk of slowPoem(host, port)) {
      process.stderr.write(`Task ${task}: got ${chunk.length} bytes of poetry from ${host}:${port}\n`);
      poem.push(chunk);
    }
    process.stdout.write(Buffer.concat([...poem, Buffer.from("\n")]));
    return true;
  } catch (error) {
    process.stderr.write(`Task ${task}: failed: ${plainWords(error)} (${host}:${port})\n`);
    return false;
  }
}

/** A connection as chunks; throws if it is reset, or if connecting or the next chunk takes too long. */
async function* slowPoem(host, port) {
  const socket = connect({ host: host.replace(/[[\]]/g, ""), port });
  socket.setTimeout(timeout, () => socket.destroy(failure("ETIMEDOUT")));
  // If a reset comes together with the last bytes, Node reports an end; but a connection that was reset has no peer.
  let peer;
  socket.once("end", () => (peer = socket.remoteAddress));
  yield* socket;
  if (peer === undefined) throw failure("ECONNRESET");
}

function failure(code) {
  return Object.assign(new Error(code), { code });
}

function plainWords(error) {
  if (error.syscall === "getaddrinfo") return "unknown host";
  return WORDS[error.code] ?? error.message;
}
