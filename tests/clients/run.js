/** Run all exported functions of the modules, and print what became of each as JSON. */

const SECONDS = 20;

async function outcome(check) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, SECONDS * 1000, new Error(`nothing after ${SECONDS} s`));
  });
  try {
    await Promise.race([check(), late]);
    return null;
  } catch (error) {
    return error.stack ?? String(error);
  } finally {
    clearTimeout(timer);
  }
}

const outcomes = {};
const running = [];
for (const file of process.argv.slice(2)) {
  for (const [name, check] of Object.entries(await import(`./${file}`))) {
    const run = async () => (outcomes[`${file} ${name}`] = await outcome(check));
    running.push(run());
  }
}
await Promise.all(running);
process.stdout.write(JSON.stringify(outcomes), () => process.exit());
