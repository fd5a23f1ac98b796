{-# LANGUAGE OverloadedStrings #-}

-- |
-- Where a poem is served: the @[host:]port@ of a client's command line.
--
-- Arguments are taken as the bytes they are, so that a name in any encoding
-- comes back in a message just as it was typed, whatever the locale.
module Poetry.Address
  ( Address (..)
  , parseAll
  , parse
  , format
  ) where

import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Char (isDigit)
import Network.Socket (PortNumber)

-- | A host, by name or number, and a TCP port within 1..65535.
data Address = Address
  { host :: ByteString
  , port :: PortNumber
  }
  deriving (Eq, Show)

-- | The addresses of a whole command line, or what is wrong with the first bad argument.
parseAll :: [ByteString] -> Either ByteString [Address]
parseAll [] = Left "no addresses given"
parseAll arguments = traverse parse arguments

-- | One @[host:]port@, or what is wrong with it; a bare port means 127.0.0.1.
parse :: ByteString -> Either ByteString Address
parse argument
  | Bytes.null name = wrong "the host is empty"
  | Bytes.elem ':' name = wrong "there is more than one colon"
  | Just number <- decimal digits =
      if number >= 1 && number <= 65535
        then Right (Address name (fromInteger number))
        else wrong "the port is not within 1..65535"
  | otherwise = wrong "the port is not a number"
 where
  (name, digits) = case Bytes.breakEnd (== ':') argument of
    ("", _) -> ("127.0.0.1", argument)
    (hostColon, rest) -> (Bytes.init hostColon, rest)
  wrong why = Left ("bad address '" <> argument <> "': " <> why)

-- | Digits alone make a number: no sign, no space, and no overflow however many there are.
decimal :: ByteString -> Maybe Integer
decimal digits
  | Bytes.all isDigit digits = fst <$> Bytes.readInteger digits
  | otherwise = Nothing

-- | An address as progress lines show it: @host:port@.
format :: Address -> ByteString
format (Address name number) = name <> ":" <> Bytes.pack (show number)
