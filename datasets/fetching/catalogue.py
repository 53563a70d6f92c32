"""Where public sets are published, under which hashes, and under which licence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Archive:
    """A published file that holds a part of a set.

    Args:
        name: name that it is kept under.
        url: where it lies; None if it can be had by hand only.
        digest: its published hash, "sha256:..." or "md5:..."; None if nobody published one.
        makes: files or folders at its top that the readers want.
    """

    name: str
    url: str | None
    digest: str | None
    makes: tuple[str, ...]


@dataclass(frozen=True)
class PublicSet:
    """A set as it is published.

    Args:
        title: its name.
        page: where people read about it, and get it by hand.
        licence: under which it may be used, as the page says.
        hashes: who published the hashes.
        folder: folder below the root that the readers look into; "" for the root itself.
        archives: its files.
    """

    title: str
    page: str
    licence: str
    hashes: str
    folder: str
    archives: tuple[Archive, ...]


FIGSHARE = "https://ndownloader.figshare.com/files/"
HEIDELBERG = "https://zenkelab.org/datasets/"
MENDELEY = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files/"
TACTILE = "https://github.com/clear-nus/TactileSGNet/raw/"
TORONTO = "https://www.cs.toronto.edu/~kriz/"

CIFAR10DVS_FILES = {
    "airplane": ("7712788", "0afd5c4bf9ae06af762a77b180354fdd"),
    "automobile": ("7712791", "8438dfeba3bc970c94962d995b1b9bdd"),
    "bird": ("7712794", "a9c207c91c55b9dc2002dc21c684d785"),
    "cat": ("7712812", "52c63c677c2b15fa5146a8daf4d56687"),
    "deer": ("7712815", "b6bf21f6c04d21ba4e23fc3e36c8a4a3"),
    "dog": ("7712818", "f379ebdf6703d16e0a690782e62639c3"),
    "frog": ("7712842", "cad6ed91214b1c7388a5f6ee56d08803"),
    "horse": ("7712851", "e7cbbf77bec584ffbf913f00e682782a"),
    "ship": ("7712836", "41c7bd7d6b251be82557c6cce9a7d5c9"),
    "truck": ("7712839", "89f3922fd147d9aeff89e76a2b0b70a7"),
}
HEIDELBERG_FILES = {
    "shd_train": "f3252aeb598ac776c1b526422d90eecb",
    "shd_test": "1503a5064faa34311c398fb0a1ed0a6f",
    "ssc_train": "d102be95e7144fcc0553d1f45ba94170",
    "ssc_valid": "b4eee3516a4a90dd0c71a6ac23a8ae43",
    "ssc_test": "a35ff1e9cffdd02a20eb850c17c37748",
}


def _heidelberg(title: str, prefix: str) -> PublicSet:
    archives = tuple(
        Archive(f"{name}.h5.zip", f"{HEIDELBERG}{name}.h5.zip", f"md5:{digest}", (f"{name}.h5",))
        for name, digest in HEIDELBERG_FILES.items()
        if name.startswith(prefix)
    )
    page = "https://zenkelab.org/resources/spiking-heidelberg-datasets-shd/"
    return PublicSet(title, page, "CC BY 4.0", "tonic", "", archives)


CATALOGUE: dict[str, PublicSet] = {
    "shd": _heidelberg("Spiking Heidelberg Digits", "shd"),
    "ssc": _heidelberg("Spiking Speech Commands", "ssc"),
    "nmnist": PublicSet(
        "N-MNIST",
        "https://www.garrickorchard.com/datasets/n-mnist",
        "CC BY-SA 4.0",
        "tonic",
        "NMNIST",
        (
            Archive(
                "train.zip",
                f"{MENDELEY}39c25547-014b-4137-a934-9d29fa53c7a0/file_downloaded",
                "md5:20959b8e626244a1b502305a9e6e2031",
                ("Train",),
            ),
            Archive(
                "test.zip",
                f"{MENDELEY}05a4d654-7e03-4c15-bdfa-9bb2bcbea494/file_downloaded",
                "md5:69ca8762b2fe404d9b9bad1103e97832",
                ("Test",),
            ),
        ),
    ),
    "dvsgesture": PublicSet(
        "DVS Gesture",
        "https://ibm.ent.box.com/s/3hiq58ww1pbbjrinh367ykfdf60xsfm8/folder/50167556794",
        "CC BY 4.0",
        "SpikingJelly",
        "",
        (
            Archive(
                "DvsGesture.tar.gz",
                None,
                "md5:8a5c71fb11e24e5ca5b11866ca6c00a1",
                ("DvsGesture",),
            ),
        ),
    ),
    "cifar10dvs": PublicSet(
        "CIFAR10-DVS",
        "https://figshare.com/articles/dataset/CIFAR10-DVS_New/4724671",
        "see its page",
        "SpikingJelly",
        "CIFAR10DVS",
        tuple(
            Archive(f"{name}.zip", f"{FIGSHARE}{number}", f"md5:{digest}", (name,))
            for name, (number, digest) in CIFAR10DVS_FILES.items()
        ),
    ),
    "cifar10": PublicSet(
        "CIFAR-10",
        "https://www.cs.toronto.edu/~kriz/cifar.html",
        "none stated; its authors ask to be cited",
        "its page",
        "",
        (
            Archive(
                "cifar-10-binary.tar.gz",
                f"{TORONTO}cifar-10-binary.tar.gz",
                "md5:c32a1d4ab5d03f1284b67883e8d87530",
                ("cifar-10-batches-bin",),
            ),
        ),
    ),
    "cifar100": PublicSet(
        "CIFAR-100",
        "https://www.cs.toronto.edu/~kriz/cifar.html",
        "none stated; its authors ask to be cited",
        "its page",
        "",
        (
            Archive(
                "cifar-100-binary.tar.gz",
                f"{TORONTO}cifar-100-binary.tar.gz",
                "md5:03b5dce01913d631647c71ecec9e9cb8",
                ("cifar-100-binary",),
            ),
        ),
    ),
    "tactile": PublicSet(
        "Ev-Objects and Ev-Containers",
        "https://github.com/clear-nus/TactileSGNet",
        "none stated",
        "nobody",
        "",
        (
            Archive(
                "Ev-Objects.zip",
                f"{TACTILE}bdb527b785a3714a482969499bdf771696244198/Ev-Objects.zip",
                None,
                ("Ev-Objects",),
            ),
            Archive(
                "Ev-Containers.zip",
                f"{TACTILE}f224d3878d165dd2525c7664582ef7449bf0c689/Ev-Containers.zip",
                None,
                ("Ev-Containers",),
            ),
        ),
    ),
}
