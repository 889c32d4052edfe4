"""Payer contracts: what a payer agreed to pay a tenant, read from YAML files and applied to a priced batch."""

from processors.pricing.contracts.apply import apply_contracts
from processors.pricing.contracts.contract_set import ContractSet
from processors.pricing.contracts.errors import PayerContractError

__all__ = ["ContractSet", "PayerContractError", "apply_contracts"]
