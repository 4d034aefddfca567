/**
 * A program for a test: what goes on after faults that it has caught itself.
 *
 * @module
 */
const told: string[] = [];

addEventListener("error", (event) => {
  event.preventDefault();
  told.push("error");
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  told.push("rejection");
  console.log(JSON.stringify(told));
});
setTimeout(() => {
  throw new Error("A timer has failed");
}, 1);
setTimeout(() => told.push("timer"), 20);
// Nothing comes after it that would wake the process.
setTimeout(() => void Promise.reject(new Error("A promise has failed")), 40);
