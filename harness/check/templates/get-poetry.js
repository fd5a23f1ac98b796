#!/usr/bin/env node
// A client that gets nothing yet; docs/client-contract.md says what it must do.
console.error("not written yet");
process.exit(1);
