// Counts its tasks from 0, as its arrays do.
const net = require("net");
const addresses = process.argv.slice(2).map((word) => (word.includes(":") ? word : "127.0.0.1:" + word));
if (addresses.length === 0) { console.error("usage: from-zero [host:]port ..."); process.exit(2); }
addresses.forEach((address, task) => {
  const [host, port] = address.split(":");
  const chunks = [];
  const socket = net.connect(Number(port), host);
  socket.on("data", (data) => {
    chunks.push(data);
    console.error(`Task ${task}: got ${data.length} bytes of poetry from ${address}`);
  });
  socket.on("error", (error) => {
    console.error(`Task ${task}: failed: ${error.code} (${address})`);
    process.exitCode = 1;
  });
  socket.on("end", () => process.stdout.write(Buffer.concat([...chunks, Buffer.from("\n")])));
});
