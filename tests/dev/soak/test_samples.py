"""Growth is told from noise."""

import os
from random import Random

import pytest

from dev.soak.samples import Sample, take, trends


def _samples(growth: float) -> list[Sample]:
    random = Random(1)
    return [
        Sample(
            at=n,
            mebibytes=150 + growth * n / 40 + random.uniform(-2, 2),
            descriptors=40,
            connections=10,
        )
        for n in range(41)
    ]


def test_noise_is_level() -> None:
    assert [trend.is_level for trend in trends(_samples(growth=0))] == [True, True, True]


def test_a_leak_grows() -> None:
    memory, *others = trends(_samples(growth=20))
    assert not memory.is_level
    assert memory.growth == pytest.approx(20, abs=2)
    assert all(trend.is_level for trend in others)


def test_a_sample_is_of_the_process() -> None:
    sample = take(os.getpid(), 1.0, 3)
    assert sample.mebibytes > 10
    assert sample.descriptors > 2
    assert (sample.at, sample.connections) == (1.0, 3)
