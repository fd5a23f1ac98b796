"""The test suites of all languages, run side by side: `./lab test`."""
