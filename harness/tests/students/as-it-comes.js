// Prints what it reads from all servers as it comes.
const net = require("net");
const addresses = process.argv.slice(2).map((word) => (word.includes(":") ? word : "127.0.0.1:" + word));
if (addresses.length === 0) { console.error("usage: as-it-comes [host:]port ..."); process.exit(2); }
addresses.forEach((address, index) => {
  const [host, port] = address.split(":");
  const socket = net.connect(Number(port), host);
  socket.on("data", (data) => process.stdout.write(data));
  socket.on("error", () => {
    console.error(`Task ${index + 1}: failed: connection refused (${address})`);
    process.exitCode = 1;
  });
  socket.on("end", () => process.stdout.write("\n"));
});
