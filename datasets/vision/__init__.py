"""Sets of event cameras, of an event-based skin, and of images, for networks that see frames."""

from __future__ import annotations

from polychrony.datasets.vision.cifar import CIFAR10, CIFAR100, ImageDataset
from polychrony.datasets.vision.cifar10dvs import CIFAR10DVS
from polychrony.datasets.vision.dvsgesture import DVSGesture
from polychrony.datasets.vision.nmnist_denoised import DenoisedNMNIST
from polychrony.datasets.vision.tactile import NeuTouch

__all__ = [
    "CIFAR10",
    "CIFAR10DVS",
    "CIFAR100",
    "DVSGesture",
    "DenoisedNMNIST",
    "ImageDataset",
    "NeuTouch",
]
