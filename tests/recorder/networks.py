"""Networks of PyTorch, and what the recorder makes of them; for the Python of an environment with PyTorch."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import nn

import herdbook
from herdbook.recorder.models import described, signature

ROWS = torch.linspace(-1, 1, 120).reshape(30, 4)
LABELS = (ROWS.sum(dim=1) > 0).long()


class Net(nn.Module):
    """A small network, of which the first half is not trained any more."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 8), nn.Linear(8, 2)
        self.often_dropped = nn.Dropout(0.5)
        for parameter in self.first.parameters():
            parameter.requires_grad_(False)
        self.first.eval()

    def forward(self, amounts: torch.Tensor) -> torch.Tensor:
        return self.second(self.often_dropped(torch.relu(self.first(amounts))))


class Encoding(NamedTuple):
    mean: torch.Tensor
    spread: torch.Tensor


class Made(nn.Module):
    """What is made of its inputs by a function."""

    def __init__(self, make: Callable[..., Any]) -> None:
        super().__init__()
        self.make = make

    def forward(self, image: torch.Tensor, mask: torch.Tensor | None = None, verbose: bool = False) -> Any:
        return self.make(image) if mask is None else self.make(image, mask)


def cases() -> Iterator[tuple[str, Any, Any]]:
    """Name a case, its network, and an example of what goes in."""
    image, mask = torch.zeros(2, 3, 5), torch.ones(2, 5, dtype=torch.bool)
    yield "net", Net(), ROWS
    yield "images", nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), torch.zeros(2, 1, 8, 8)
    yield "sequences", nn.LSTM(4, 5, batch_first=True), torch.zeros(2, 6, 4)
    yield "whole numbers", nn.Embedding(10, 3), torch.zeros(2, 7, dtype=torch.long)
    yield "several", Made(lambda image, mask: image.sum(1) * mask), (image, mask)
    yield (
        "named",
        Made(lambda image, mask: {"logits": image, "cache": object()}),
        {"mask": mask, "image": image},
    )
    yield "a switch", Made(lambda image: Encoding(image, image.double())), (image, None, True)
    yield "a number", Made(lambda image: image.mean()), image
    yield "scripted", torch.jit.script(Net()), ROWS
    yield "traced", torch.jit.trace(Net().eval(), ROWS), ROWS
    yield "in parallel", nn.DataParallel(Net()), ROWS


def train() -> None:
    """Train a network, and record it."""
    torch.manual_seed(7)
    model, losses = Net(), []
    optimizer = torch.optim.SGD(model.second.parameters(), lr=0.5)
    with herdbook.start_run("nets", run_id="first") as run:
        run.log_params({"lr": 0.5, "shape": ROWS.shape, "layers": torch.tensor(2), "device": ROWS.device})
        run.log_seed("torch", 7)
        for step in range(5):
            loss = nn.functional.cross_entropy(model(ROWS), LABELS)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.log_metric("loss", loss, step=step)
            losses.append(loss.item())
        torch.save(model.state_dict(), "model.pt")
        before = {name: weight.clone() for name, weight in model.state_dict().items()}
        run.log_model(model, "model", "model.pt", uri="s3://models/model.pt", example=ROWS)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    print(json.dumps({"losses": losses, "training": [part.training for part in model.modules()]}))


def describe() -> None:
    """Describe the network of each case."""
    found = {}
    for name, network, example in cases():
        known = described(network)
        found[name] = [known.flavor, dict(known.params), signature(network, example)]
    print(json.dumps(found))


if __name__ == "__main__":
    {"train": train, "describe": describe}[sys.argv[1]]()
