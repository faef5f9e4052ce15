"""Lets an agent of your own work on released rows and prints its rewards.

The agent is a chat model behind any OpenAI-compatible server; the loop is yours to change. Rows whose tools
all have exact implementations need no other model.

    python examples/score_agent.py --rows output/demo/task_content.jsonl \
        --server-url http://127.0.0.1:8000/v1 --model Qwen/Qwen3-32B --limit 5
"""

import argparse
import json
import sys
from itertools import islice
from typing import Any

import httpx

from toolworlds import Session, load_rows
from toolworlds.records.tasks import Row
from toolworlds.world.replay import UnansweredCall

SYSTEM = """You fulfil one request with the tools you are given. {policy} It is now {now}.
When you are finished, answer without a call: in words, then one JSON object on a line of its own,
{{"outcome": "done", "reason": null, "answer": {{...}}}}. The answer holds these facts: {facts}."""
MOST_MESSAGES = 20


def run_episode(row: Row, server: httpx.Client, model: str) -> float | None:
    """The reward of one episode; None if it is invalid since a tool could not be simulated."""
    session = Session(row)
    facts = ", ".join(f"{fact.name} ({fact.type})" for fact in row.expected_answer) or "none"
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": SYSTEM.format(policy=row.policy, now=row.now, facts=facts)},
        {"role": "user", "content": row.summary},
    ]
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool.tool_name,
                "description": tool.tool_description,
                "parameters": tool.parameters,
            },
        }
        for tool in row.tools
    ]
    for _ in range(MOST_MESSAGES):
        body = {"model": model, "messages": messages, "tools": tools}
        answer = server.post("chat/completions", json=body).raise_for_status().json()
        message = answer["choices"][0]["message"]
        messages.append(message)
        if not message.get("tool_calls"):
            return session.score(message.get("content") or "")["reward"]
        for call in message["tool_calls"]:
            try:
                reply = session.step(call)
            except UnansweredCall:
                return None
            content = json.dumps(reply.reply)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
    return session.score(None)["reward"]


def main(argv: list[str] | None = None) -> int:
    """Runs an episode on each row; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", required=True)
    parser.add_argument("--server-url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--limit", type=int, default=5)
    arguments = parser.parse_args(argv)
    rows = (row for row in load_rows(arguments.rows) if isinstance(row, Row))
    with httpx.Client(base_url=arguments.server_url, timeout=600) as server:
        for row in islice(rows, arguments.limit):
            print(f"{row.id}: reward {run_episode(row, server, arguments.model)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
