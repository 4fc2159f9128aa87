/** Which queues run that have a task: how a task that is enqueued finds its store. */

import { AsyncLocalStorage } from "node:async_hooks";
import { ApusError } from "../errors/apus-error.ts";

const running = new WeakMap<object, Set<object>>();

/** The queue whose task is running here. */
export const currentQueue: AsyncLocalStorage<object> = new AsyncLocalStorage();

export function bindTasks(queue: object, tasks: readonly object[]): void {
  for (const task of tasks) {
    const queues = running.get(task) ?? new Set();
    running.set(task, queues.add(queue));
  }
}

export function unbindTasks(queue: object, tasks: readonly object[]): void {
  for (const task of tasks) running.get(task)?.delete(queue);
}

/** The queue of a task; inside a run, the one that runs it. @throws ApusError APUS_TASK_QUEUE when there is none, or several */
export function findQueue(task: { readonly name: string; readonly declaredAt: string }): object {
  const queues = running.get(task) ?? new Set();
  const own = currentQueue.getStore();
  if (own !== undefined && queues.has(own)) return own;
  const [queue, another] = queues;
  const what = `The task "${task.name}" at ${task.declaredAt}`;
  if (queue === undefined) {
    const remedy = `list it in taskQueue({ tasks: [...] }), and start that queue: app.tasks(queue), or await queue.start() in a script`;
    throw new ApusError("APUS_TASK_QUEUE", `${what} was enqueued, and no queue is running that has it: ${remedy}.`);
  }
  if (another === undefined) return queue;
  const remedy = "say which one it is for: queue.enqueue(task, input)";
  throw new ApusError("APUS_TASK_QUEUE", `${what} is in several queues that are running: ${remedy}.`);
}
