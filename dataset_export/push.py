"""An export uploaded to the hub as a private dataset; nothing else in this package needs a network."""

from pathlib import Path
from typing import cast

from utils import UserError


def push_folder(folder: Path, repo: str) -> str:
    """Uploads the folder to `repo` (`OWNER/NAME`) and returns its address.

    Raises UserError in one line where the hub cannot be reached, or refuses.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise UserError("--push needs the extra `export`; pip install '.[export]'") from error
    http_errors = cast(
        tuple[type[Exception], ...], HfHubHTTPError.__bases__
    )  # the HTTP library in use has them
    refusals: tuple[type[Exception], ...] = (OSError, ValueError, *http_errors)
    api = HfApi()
    try:
        address = api.create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
        api.upload_folder(
            folder_path=folder, repo_id=repo, repo_type="dataset", commit_message=f"Export {folder.name}"
        )
    except refusals as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"the export lies in {folder}, but was not pushed to {repo!r}: {reason}; "
            "check network, name and login (`hf auth login`), then run the same command again"
        ) from error
    return str(address)
