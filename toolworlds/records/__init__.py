"""The types of everything that lies on disk or crosses a package border.

The system is made of seven. Read from the top, each is made of those above it:

    World        WorldSchema   worlds.py   typed collections with references, invariants, status machines
                 WorldState                their entities at one moment, and the clock; a Delta changes it
    Tool         ToolSpec      tools.py    arguments, rules, refusals, and the collections it reads and writes
                 Twin                      the same as a program, where a model wrote one and it passed
    Call         ToolCall      tools.py    what is asked for
                 Proposal                  what a twin or a model says the call does
                 ToolReply                 what code has checked and committed; kept as a RecordedCall
    Environment  EnvSpec       tools.py    one world, its initial state, 5 to 20 tools and their twins
    Task         Task          tasks.py    turns (request, call, reply, facts) along a chain of tools
    Row          Row           tasks.py    a task as one request: tools, solution, expected end, Certificate
    Trajectory   Trajectory    trajectories.py   what an agent did on a row, and its Score

    on disk      made by                           read by
    EnvSpec      env_generation                    env_audit, task_generation, task_audit, skyrl_samples
    SpecAudit    env_audit (audits.py)             task_generation
    SequenceSet  task_generation.build_sequences   task_generation.run
    Task         task_generation.run               task_audit
    Row          task_audit                        trajectory_generation, dataset_export, toolworlds.load_rows
    Trajectory   trajectory_generation             dataset_export

Language models are asked by the protocol of `completions.py`: a Request in, a Completion out. The side
factories have types of their own: `catalogues.py` and `conversations.py`, `episodes.py`, `samples.py`.
`base.py` holds Record, the base of all that comes from a disk or a model: parsed at once, frozen, unknown
keys refused.
"""
