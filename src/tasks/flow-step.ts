/** One step of a flow: a task, its input, and where the result of the step before goes. */

/** As much of a task as a step needs to find its queue. */
export interface NamedTask {
  readonly name: string;
  readonly declaredAt: string;
}

export interface StepOptions {
  /**
   * The member of the input that the result of the step before is put into, or the list of results of a group.
   * Without it that result is the input, unless the step was given an input of its own.
   */
  readonly as?: string;
}

/** One task of a flow, made by `step()` of the task. */
export interface FlowStep<Output = unknown> {
  readonly kind: "step";
  readonly task: NamedTask;
  readonly input: unknown;
  readonly options: StepOptions;
  /** Only a type. */
  readonly "~types"?: { readonly output: Output };
}
