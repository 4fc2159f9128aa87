/** The entry "apus/tasks": durable background work, enqueued by handlers and run here or in other processes. */

export type { Duration } from "./tasks/duration.ts";
export type { EnqueueOptions, UniqueOptions } from "./tasks/enqueue-options.ts";
export { chain, chord, group } from "./tasks/flow.ts";
export type { Chain, FlowPart, Group } from "./tasks/flow.ts";
export type { FlowStep, StepOptions } from "./tasks/flow-step.ts";
export { memoryTasks } from "./tasks/memory-tasks.ts";
export type { MemoryTasksOptions } from "./tasks/memory-tasks.ts";
export type { TaskQueueOptions } from "./tasks/queue-options.ts";
export { sqliteTasks } from "./tasks/sqlite-tasks.ts";
export type { SqliteTasksOptions } from "./tasks/sqlite-tasks.ts";
export { task } from "./tasks/task.ts";
export type { EnqueueArguments, Task } from "./tasks/task.ts";
export { testClock } from "./tasks/task-clock.ts";
export type { TaskClock, TestClock } from "./tasks/task-clock.ts";
export { TaskError } from "./tasks/task-error.ts";
export type { TaskErrorReason } from "./tasks/task-error.ts";
export type { ResultOptions, TaskHandle } from "./tasks/task-handle.ts";
export type { BackoffOptions, ErrorChoice, RateOptions, TaskOptions } from "./tasks/task-options.ts";
export { taskQueue } from "./tasks/task-queue.ts";
export type { ListOptions, ReplayOptions, TaskQueue } from "./tasks/task-queue.ts";
export type { TaskFailure, TaskRecord, TaskState } from "./tasks/task-record.ts";
export type { ScheduleOptions, ScheduleRecord } from "./tasks/task-schedules.ts";
export type { QueueFigures, TaskDriver, TaskPage, TaskSession } from "./tasks/task-store.ts";
export type { LoopTools, TaskInput, TaskTools } from "./tasks/task-types.ts";
